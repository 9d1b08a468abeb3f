"""The one kind of error that is meant to be read, and what it tells of another."""


class UserError(Exception):
    """Its message is one sentence for the visitor: what happened, what is allowed or what helps.

    Tabs turn it into `gr.Error`; any other exception is a fault of ours and goes to the log.
    """


def first_line(error: BaseException) -> str:
    """What a library's error says, short enough to stand in a sentence."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
