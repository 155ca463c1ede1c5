"""Notification channels and deliveries."""
