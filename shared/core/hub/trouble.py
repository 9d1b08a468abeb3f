"""What may go wrong with the Hub, as a sentence for the visitor."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.core.errors import UserError


class Unreachable(Exception):
    """The Hub did not answer, or not as the Hub does: the one case in which another model may stand in."""


@contextmanager
def sentences(repo: str, revision: str, title: str, but: type[Exception] | tuple[()] = ()) -> Iterator[None]:
    """Turns the library's errors into sentences (UserError), or Unreachable where the Hub is not there."""
    import httpx2
    from huggingface_hub import errors

    no_hub = (
        httpx2.TransportError,  # no answer
        errors.LocalEntryNotFoundError,  # the library's word for it
        ConnectionError,
        errors.HfHubHTTPError,  # a Hub in trouble: 429, 5xx
        ValueError,  # no JSON: something that is not the Hub, such as a login page
    )
    try:
        yield
    except (UserError, Unreachable):
        raise
    except but:
        raise
    except Exception as reason:
        if sentence := _sentence(reason, repo, revision or "main", title):
            raise UserError(sentence) from reason
        if isinstance(reason, no_hub):
            raise Unreachable(str(reason)) from reason
        raise


def _sentence(reason: Exception, repo: str, revision: str, title: str) -> str:
    """What the visitor or the host can mend; "" for anything else."""
    from huggingface_hub import errors

    status = getattr(getattr(reason, "response", None), "status_code", 0)
    if isinstance(reason, (errors.GatedRepoError, errors.DisabledRepoError)) or status == 403:
        return (
            f"{title} is behind a licence on the Hub ({repo}): its owner must let you in, and "
            "this machine needs your token (HF_TOKEN)."
        )
    if isinstance(reason, errors.RepositoryNotFoundError):
        return f"There is no model {repo} on the Hub, or it is private."
    if isinstance(reason, errors.RevisionNotFoundError):
        return f"The model {repo} has no revision {revision} on the Hub."
    if isinstance(reason, errors.EntryNotFoundError) and status:
        return f"A file of {repo} is missing on the Hub."
    if status == 401:
        return "The Hub does not accept this machine's token (HF_TOKEN)."
    if isinstance(reason, errors.HFValidationError):
        return f"“{repo}” is not the name of a model on the Hub; names look like OWNER/NAME."
    return ""
