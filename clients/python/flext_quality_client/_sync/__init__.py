"""The synchronous client, generated from `flext_quality_client._async` but for `wire`."""
