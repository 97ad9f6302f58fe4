"""What is used of huggingface_hub beyond its documentation."""


def no_answer() -> type[Exception]:
    """What a call of the hub raises where no answer comes at all: the error of the HTTP library
    underneath, of which the hub's own HfHubHTTPError is one.
    """
    from huggingface_hub.errors import HfHubHTTPError

    return next(base for base in HfHubHTTPError.__mro__ if base.__name__ == "HTTPError")
