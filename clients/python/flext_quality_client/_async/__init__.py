"""The asynchronous client. What is generated from it is the synchronous one, `flext_quality_client._sync`.

"make generate" takes the asynchronous words out of every module but `wire`, of which each half has its own.
"""
