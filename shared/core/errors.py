"""The one kind of error that is meant to be read."""


class UserError(Exception):
    """Its message is one sentence for the visitor: what happened, what is allowed or what helps.

    Tabs turn it into `gr.Error`; any other exception is a fault of ours and goes to the log.
    """
