"""Issues: findings with an identity, a status and a history."""
