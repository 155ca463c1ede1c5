"""One policy for each service that the server depends on."""
