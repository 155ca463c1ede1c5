"""What the product is about: entities, values, rules and events. Standard library only."""
