"""The choices that belong to the machine, not to a visitor: AIGC_* variables, or options of `app.py`.

`settings()` reads the environment. `parse()` reads a command line, checks it and writes what it found back
into the environment, so that there is one place to look, in this process and in those it starts.
"""

import argparse
import errno
import ipaddress
import math
import os
import re
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, fields
from dataclasses import field as dataclass_field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# Of the OpenID provider, by the names that a Space has them under.
OPENID = {
    "address": "OPENID_PROVIDER_URL",
    "id": "OAUTH_CLIENT_ID",
    "secret": "OAUTH_CLIENT_SECRET",
    "scopes": "OAUTH_SCOPES",
}


def on_space() -> bool:
    """True where Hugging Face runs the app, for strangers."""
    return bool(os.environ.get("SPACE_ID"))


def _text(value: str) -> str:
    return value.strip()


def _host(value: str) -> str:
    value = value.strip()
    if not value or any(c.isspace() or c in "/?#" for c in value):
        raise ValueError("an address such as 127.0.0.1, or 0.0.0.0 for every network of the machine")
    return value


def _root_path(value: str) -> str:
    value = value.strip().rstrip("/")
    if value and not value.startswith(("/", "http://", "https://")) or any(c.isspace() or c in "?#" for c in value):
        raise ValueError("a path such as /suite, or the whole address of the page")
    return value


def _server(value: str) -> str:
    value = value.strip().rstrip("/")
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise ValueError("the address of a server, such as http://127.0.0.1:8000/v1")
    if parts.username or parts.password:
        raise ValueError("an address without a name or password in it: keys have variables of their own")
    return value


def _text_server(value: str) -> str:
    """Most say where they are without the /v1 that all their addresses begin with."""
    value = _server(value)
    return value + "/v1" if value and not urlsplit(value).path else value


def _networks(value: str) -> str:
    """'10.0.0.0/8, ::1' -> the same without spaces."""
    networks = [part.strip() for part in value.split(",") if part.strip()]
    for network in networks:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            raise ValueError("addresses or networks such as 10.0.0.0/8, several with commas") from None
    return ",".join(networks)


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        wanted = f"a whole number from {low} to {high}"
        try:
            number = int(value)
        except ValueError:
            raise ValueError(wanted) from None
        if not low <= number <= high:
            raise ValueError(wanted)
        return number

    return read


def _gigabytes(value: str) -> float | None:
    wanted = "a number of gigabytes above 0, or nothing for 70 % of what the machine has"
    if not value.strip():
        return None
    try:
        number = float(value)
    except ValueError:
        raise ValueError(wanted) from None
    if not (math.isfinite(number) and number > 0):
        raise ValueError(wanted)
    return number


def _switch(value: str) -> bool:
    on, off = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}
    if value.strip().lower() not in on | off:
        raise ValueError("1 or 0")
    return value.strip().lower() in on


def _choice(*words: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value.strip().lower() not in words:
            raise ValueError(" or ".join((", ".join(words[:-1]), words[-1])))
        return value.strip().lower()

    return read


def _namespace(value: str) -> str:
    value = value.strip()
    if value and not all(c.isascii() and (c.isalnum() or c in "-_.") for c in value):
        raise ValueError("the name of a Hub user or organisation: letters, digits, - _ and .")
    return value


def _ancestors(value: str) -> str:
    """ "*", "none", or addresses -> the sources of a Content-Security-Policy."""
    sources = value.replace(",", " ").split()
    if sources == ["none"]:
        return "'none'"
    if sources != ["*"] and not all(re.fullmatch(r"https?://[\w*.:\[\]-]+", one) for one in sources) or not sources:
        raise ValueError("*, none, or addresses such as https://school.example with spaces between")
    return " ".join(sources if sources == ["*"] else ["'self'", *sources])


def _accounts(value: str) -> dict[str, str]:
    """'ann:secret,bob:word' -> {'ann': 'secret', 'bob': 'word'}."""
    pairs = [pair.strip().partition(":") for pair in value.split(",") if pair.strip()]
    if not all(name and password for name, _, password in pairs):
        raise ValueError("NAME:PASSWORD, several with commas between them")
    return {name: password for name, _, password in pairs}


def _names(value: str) -> frozenset[str]:
    """'Ann, bob' -> {'ann', 'bob'}; '*' -> {'*'}."""
    names = frozenset(name.strip().lower() for name in value.split(",") if name.strip())
    if any(c.isspace() for name in names for c in name) or "*" in names and len(names) > 1:
        raise ValueError("* for all, or names with commas between them")
    return names


def _folders(value: str) -> dict[str, Path]:
    """'gpt2=/models/gpt2,lstm-stories=/tmp/x' -> {'gpt2': Path(...), ...}; each must exist."""
    folders = {}
    for pair in filter(None, (part.strip() for part in value.split(","))):
        name, equals, folder = pair.partition("=")
        path = Path(folder.strip()).expanduser()
        if not (name.strip() and equals and folder.strip()):
            raise ValueError("NAME=FOLDER, several with commas between them")
        if not path.exists():
            raise ValueError(f"NAME=FOLDER with a folder that exists; {path} does not")
        folders[name.strip()] = path.resolve()
    return folders


def _folder(value: str) -> Path | None:
    path = Path(value.strip()).expanduser()
    if value.strip() and not path.is_dir():
        raise ValueError("a folder that exists")
    return path.resolve() if value.strip() else None


def _option(
    read: Callable[[str], Any],
    default: str,
    words: str,
    metavar: str = "",
    space: str | None = None,
    others: tuple[str, ...] = (),
    secret: bool = False,
) -> Any:
    """One row: how its text is read, its default (and that on a Space), what it is for, its name in help.

    others: variables of other programs that say the same, where ours says nothing. secret: never repeated.
    """
    space = default if space is None else space
    return dataclass_field(
        metadata={
            "read": read,
            "default": default,
            "space": space,
            "words": words,
            "metavar": metavar,
            "others": others,
            "secret": secret,
        },
        repr=not secret,
    )


@dataclass(frozen=True)
class Settings:
    """Each field is the option --name-with-dashes and the variable AIGC_NAME."""

    host: str = _option(
        _host,
        "127.0.0.1",
        "address to listen on; 0.0.0.0 lets other machines in (or `GRADIO_SERVER_NAME`)",
        "ADDRESS",
        "0.0.0.0",
        others=("GRADIO_SERVER_NAME",),
    )
    port: int = _option(
        _whole(1, 65535),
        "7860",
        "port of the page (or `GRADIO_SERVER_PORT`, `PORT`)",
        "NUMBER",
        others=("GRADIO_SERVER_PORT", "PORT"),
    )
    root_path: str = _option(
        _root_path,
        "",
        "where a reverse proxy puts the page, such as `/suite` (or `GRADIO_ROOT_PATH`)",
        "PATH",
        others=("GRADIO_ROOT_PATH",),
    )
    models: str = _option(
        _choice("bundled", "hub", "auto"),
        "auto",
        "the model that is chosen at first: `bundled` asks no network, `hub` prefers the Hub, "
        "`auto` takes what is on the machine",
        "WHICH",
    )
    local: dict[str, Path] = _option(
        _folders,
        "",
        "your own folder for a model, for example `gpt2=/models/gpt2`; several with commas",
        "NAME=FOLDER",
    )
    memory_gb: float | None = _option(
        _gigabytes,
        "",
        "gigabytes that loaded models may fill together; nothing means 70 % of the machine's",
        "GB",
    )
    queue_size: int = _option(
        _whole(1, 10_000),
        "64",
        "jobs of one kind that may wait in line; who comes next is told when to come back",
        "NUMBER",
    )
    workers: int = _option(
        _whole(1, 256), "16", "jobs of one kind that run at the same time; of what takes long, 4", "NUMBER"
    )
    trusted_proxies: str = _option(
        _networks,
        "",
        "proxies whose `X-Forwarded-For` says who a visitor is, as addresses or networks with commas between them; "
        "this machine itself is one always (or `FORWARDED_ALLOW_IPS`)",
        "ADDRESSES",
        "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16",
        others=("FORWARDED_ALLOW_IPS",),
    )
    hub_namespace: str = _option(
        _namespace, "", "Hub user or organisation that holds the models trained with this project", "NAME"
    )
    allow_any_model: bool = _option(
        _switch, "0", "let visitors load any text model and any LoRA of the Hub by its id; always off on a Space"
    )
    remote_text: str = _option(
        _text_server,
        "",
        "an OpenAI-compatible server (vLLM, TGI, llama.cpp, `transformers serve`) whose model writes in the text tab; "
        "not together with `AIGC_MODELS=bundled`, which calls nobody",
        "URL",
        secret=True,
    )
    remote_text_model: str = _option(_text, "", "its model; nothing means the first that it lists", "NAME")
    remote_text_key: str = _option(_text, "", "its API key. Set the variable, not the option", "KEY", secret=True)
    remote_pictures: str = _option(
        _server,
        "",
        "a Hugging Face endpoint for pictures from words, your own or `https://router.huggingface.co/hf-inference/"
        "models/OWNER/NAME`, that draws in the picture tab",
        "URL",
        secret=True,
    )
    remote_pictures_key: str = _option(_text, "", "its token. Set the variable, not the option", "KEY", secret=True)
    safety_checker: bool = _option(
        _switch, "0", "hide pictures that a model's own safety checker objects to, where it has one", space="1"
    )
    job_log: bool = _option(_switch, "0", "write a line of JSON for each job that ended: kind, seconds, how; no prompt")
    auth: dict[str, str] = _option(
        _accounts,
        "",
        "names and passwords of those who may come in; everybody where there are none. Other users of the machine can "
        "read options, so set the variable",
        "NAME:PASSWORD",
        secret=True,
    )
    openid_users: frozenset[str] = _option(
        _names,
        "",
        "who may come in by a login at Hugging Face, on a Space with `hf_oauth: true` in its front matter, or at the "
        "OpenID provider of the `OAUTH_*` variables: users and organisations, or `*` for all who have an account",
        "NAMES",
    )
    frame_ancestors: str = _option(
        _ancestors, "*", "pages that may show this one in an iframe: `*` all, `none`, or their addresses", "WHICH"
    )
    mcp: bool = _option(_switch, "1", "offer the endpoints as tools to MCP clients, at /gradio_api/mcp/")
    training: bool = _option(
        _switch, "1", "let visitors train small digit models in the page: one after the other, 10 minutes each at most"
    )
    data: Path | None = _option(
        _folder,
        "",
        "folder with MNIST's IDX files for that; without it, they come from the Hub, or scikit-learn's digits stand in",
        "FOLDER",
    )


def _row(field: Field[Any], text: str, source: str) -> Any:
    try:
        return field.metadata["read"](text)
    except ValueError as wanted:
        said = "" if field.metadata["secret"] else f", not {text!r}"
        raise ValueError(f"{source} must be {wanted}{said}.") from None


def variable(name: str) -> str:
    return "AIGC_" + name.upper()


def option(name: str) -> str:
    return "--" + name.replace("_", "-")


def settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force. Raises ValueError: one sentence with the variable and what is allowed."""
    values = {}
    for field in fields(Settings):
        names = (variable(field.name), *field.metadata["others"])
        source = next((name for name in names if name in environment), "")
        default = field.metadata["space" if on_space() else "default"]
        values[field.name] = _row(field, environment.get(source, default), source)
    if on_space():
        values["allow_any_model"] = False
    remote = next((name for name in ("remote_text", "remote_pictures") if values[name]), "")
    if remote and values["models"] == "bundled":
        raise ValueError(f"AIGC_MODELS=bundled calls nobody, so {variable(remote)} cannot be set beside it.")
    missing = [name for name in OPENID.values() if not environment.get(name)]
    if values["openid_users"] and missing:
        why = "a Space has it with hf_oauth: true in the front matter of its README"
        raise ValueError(f"AIGC_OPENID_USERS needs {', '.join(missing)}; {why}.")
    return Settings(**values)


def refuse_taken_port(choices: Settings) -> None:
    """Ends the program with one sentence and exit code 2 where nobody could reach it; before anything is loaded."""
    family = socket.AF_INET6 if ":" in choices.host else socket.AF_INET
    try:
        socket.create_server((choices.host, choices.port), family=family).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            sentence = f"Port {choices.port} is taken by another program; choose another with --port."
        else:
            why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
            sentence = f"Nothing can listen on {choices.host}, port {choices.port} ({why}); see --host and --port."
        print(sentence, file=sys.stderr)
        sys.exit(2)


def parser(tabs: list[str] | None = None) -> argparse.ArgumentParser:
    """The command line. `tabs`: the names that may follow the program's, None where one tab runs alone."""
    options = argparse.ArgumentParser(
        description="Generative models with real weights: text, pictures, digits, stories.",
        epilog="Every option can be given in the environment instead: --memory-gb 4 is AIGC_MEMORY_GB=4.",
        allow_abbrev=False,
    )
    if tabs is not None:
        options.add_argument("tab", nargs="?", help=f"open this tab alone: {', '.join(tabs) or 'none found'}")
    for field in fields(Settings):
        meta = field.metadata
        default = f" ({meta['default'] or 'none'}; {variable(field.name)})"
        extra: dict[str, Any]
        if meta["read"] is _switch:  # argparse calls `const` what the bare flag means
            extra = {"nargs": "?", "const": "1", "metavar": "1|0"}
        else:
            extra = {"metavar": meta["metavar"]}
        words = (meta["words"].replace("`", "") + default).replace("%", "%%")
        options.add_argument(option(field.name), dest=field.name, help=words, **extra)
    return options


def parse(argv: list[str], tabs: list[str] | None = None) -> tuple[Settings, str | None]:
    """Reads a command line over the environment -> (settings, the tab asked for or None).

    A bad value, or a tab that is not in `tabs`, ends the program with one sentence and exit code 2.
    """
    command = parser(tabs)
    given = vars(command.parse_args(argv))
    tab = given.pop("tab", None)
    try:
        if tab is not None and tab not in (tabs or []):
            raise ValueError(f"There is no tab called {tab!r}; there are: {', '.join(tabs or []) or 'none'}.")
        for field in fields(Settings):
            if given[field.name] is not None:
                _row(field, given[field.name], option(field.name))
                os.environ[variable(field.name)] = given[field.name]
        return settings(), tab
    except ValueError as sentence:
        command.exit(2, f"{sentence}\n")


def markdown() -> str:
    """The table of options in the README."""
    lines = ["| option | variable | default | what for |", "|---|---|---|---|"]
    for field in fields(Settings):
        meta = field.metadata
        form = option(field.name) + (f" {meta['metavar']}" if meta["metavar"] else "")
        default = f"`{meta['default']}`" if meta["default"] else "none"
        lines.append(f"| `{form}` | `{variable(field.name)}` | {default} | {meta['words']} |")
    return "\n".join(lines)
