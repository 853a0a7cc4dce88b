"""Our verdict beside the customer's: whether they go together, where they differ, and the queue of what
differs. Managers see it of their people; who works through the queue sees conversations without names.
"""
