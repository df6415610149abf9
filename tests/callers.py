"""For tests of what happens behind the door: who asks is said, not shown."""

from api.access.callers import the_caller


class Doorman:
    """Knows one caller, whoever asks."""

    def __init__(self, caller):
        self.known = caller

    def caller(self, request):
        return self.known


def come_in_as(app, caller):
    """Every request of this app is from then on that caller's."""
    app.state.access = Doorman(caller)
    app.dependency_overrides[the_caller] = lambda: caller
