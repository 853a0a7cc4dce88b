"""Why something was refused, in a sentence for the person who asked for it."""


class NotAllowed(Exception):
    """The change is not legal; the text says why, to the person who asked for it."""


class NotesMovedOn(NotAllowed):
    """The notes of a session are others than those that were written on."""
