"""A library's network as one TorchScript call, which is made beside the first calls.

    drawn = OneCall(function, lock)
    drawn(x, t, words)              # as function(x, t, words), to the last bit

From Python, each of the thousand operations of a pass takes the interpreter's lock twice, and where other threads want
it, too, a pass waits longer for the lock than it computes. A trace holds the weights of the network, not copies.
"""

import logging
import threading
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

CALLS = 8  # so many are made from Python before it is traced: a first picture does not wait for it
WARM = 2  # TorchScript's first calls look at the shapes and take longer
warnings.filterwarnings("ignore", category=torch.jit._trace.TracerWarning)  # that choices stay as they were made


class OneCall:
    """function: tensors -> a tensor or several. It may do other things for tensors of other kinds and sizes, which are
    then computed from Python, but not for another number of rows.

    lock: held while it is traced, so that nobody changes the network meanwhile.
    """

    def __init__(self, function: Callable[..., Any], lock: Any):
        self.function, self.lock = function, lock
        self.calls = 0
        self.traced: Callable[..., Any] | None = None
        self.kinds: list[Any] = []  # of the inputs that it was traced with
        self.thread: threading.Thread | None = None

    def __call__(self, *inputs: Tensor) -> Any:
        if self.traced is not None and _kinds(inputs) == self.kinds:
            return self.traced(*inputs)
        self.calls += 1
        if self.calls >= CALLS and self.thread is None:
            copies = [torch.zeros_like(each) for each in inputs]
            # Python waits for it before it ends: torch could not be stopped in the middle.
            self.thread = threading.Thread(target=self._trace, args=copies, name="trace")
            self.thread.start()
        return self.function(*inputs)

    def _trace(self, *inputs: Tensor) -> None:
        try:
            with self.lock, torch.no_grad():
                traced = torch.jit.trace(lambda *given: self.function(*given), inputs, check_trace=False)
                for _ in range(WARM):
                    traced(*inputs)
            self.kinds, self.traced = _kinds(inputs), traced
        except Exception:
            logging.getLogger(__name__).exception("A network could not be traced; it is called from Python")


def _kinds(inputs: tuple[Tensor, ...]) -> list[Any]:
    return [(each.dtype, each.shape[1:]) for each in inputs]
