"""Service metrics: what the contacts themselves say about how customers were served."""
