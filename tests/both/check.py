"""What the tests of both Pythons need and neither has in common."""


def raises(exception, function, *args):
    """Calls function(*args); returns the exception, fails when none of this kind is raised."""
    try:
        function(*args)
    except exception as error:
        return error
    raise AssertionError("did not raise")
