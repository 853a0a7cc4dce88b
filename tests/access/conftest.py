from tests.access.house import house, unwritten_pages

__all__ = ["house", "unwritten_pages"]
