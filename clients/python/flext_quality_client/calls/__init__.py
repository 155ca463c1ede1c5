"""How calls are made by either half: when to try again, where a stream stands, what an error is."""
