"""What the use cases need of the world: a module for each topic. Comments promise what signatures cannot.

Adapters answer with `FlextResult` where something can fail that callers handle; they raise only
`QualityError`s for a database that is away, and bugs.
"""
