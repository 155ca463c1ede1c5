"""HTTP: asks other servers, and serves operators metrics and health."""
