from tests.access.house import house, quiet, unwritten_pages

__all__ = ["house", "quiet", "unwritten_pages"]
