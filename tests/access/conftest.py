from tests.access.house import house, kept, quiet, unwritten_pages

__all__ = ["house", "kept", "quiet", "unwritten_pages"]
