"""For tests of what happens behind the door: who asks is said, not shown."""

from api.access.callers import the_caller


def come_in_as(app, caller):
    """Every request of this app is from then on that caller's; the rest of the door is as it is."""
    app.state.access.caller = lambda request: caller
    app.dependency_overrides[the_caller] = lambda: caller
