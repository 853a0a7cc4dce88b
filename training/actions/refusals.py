"""Why something was refused, in a sentence for the person who asked for it."""


class NotAllowed(Exception):
    """The change is not legal; the text says why, to the person who asked for it."""


class NotPublished(NotAllowed):
    """The page is not published, so nothing can be done with it at the moment."""


class AlreadyDone(NotAllowed):
    """The person has finished this module and nothing in it is left to do."""


class AlreadyHandedIn(NotAllowed):
    """The attempt is closed: it takes no more answers and is not marked twice."""


class TimeIsUp(AlreadyHandedIn):
    """The time for the attempt is over, and so is the grace: what was saved in time is marked."""


class Locked(NotAllowed):
    """Something else has to be done before this."""
