"""SARIF 2.1.0: logs that clients send, and commands that print them."""
