"""REINFORCE (Williams, 1992) on CartPole: a policy of ten numbers learns to hold a pole upright.

    for state in learn(seed=0, stop=threading.Event()):
        print(state["episode"], state["returns"][-1])

What it sees, x: where the cart is, its speed, the angle of the pole and its speed, and a 1. It pushes to the left or to
the right with the chances softmax(W x). After a whole episode each push is made likelier by how much better than usual
what came after it was:

    W  <-  W + alpha sum_t (G_t - baseline) d/dW log pi(a_t | x_t),   G_t = r_t + gamma r_{t+1} + gamma^2 ...
"""

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

EPISODES = 400  # at most
AT_ONCE = 4  # episodes behind each update
GAMMA = 0.99
ALPHA = 0.04
SCALE = np.array([2.4, 3.0, 0.21, 3.0, 1.0])  # brings what it sees to about [-1, 1]
SOLVED = 475.0  # the mean of the last hundred episodes: gymnasium's own mark; an episode ends after 500 steps
LAST = 20  # episodes over which the page takes the mean
FRAMES = 125  # of an episode that is shown
PACE = 0.5  # seconds between two states
MOST_SECONDS = 60


def learn(seed: int, stop: threading.Event) -> Iterator[dict[str, Any]]:
    """Yields states: {"random": returns of pushes by chance, "returns", "episode", "weights", "poles": two episodes,
    [[position, angle], ...]: by chance, and by the policy as it is now; "done"}."""
    import gymnasium

    noise = np.random.default_rng(seed)
    environment = gymnasium.make("CartPole-v1")
    chance = np.zeros((2, 5))  # W = 0: both pushes are as likely
    by_chance = [episode(environment, chance, noise) for _ in range(20)]
    policy, returns, begun, told = chance.copy(), [], time.monotonic(), 0.0
    state: dict[str, Any] = {"random": [len(one.pushes) for one in by_chance], "frames": FRAMES}
    while not stop.is_set():
        some = [episode(environment, policy, noise) for _ in range(AT_ONCE)]
        policy = policy + ALPHA * gradient(some, policy)
        returns += [len(one.pushes) for one in some]
        solved = len(returns) >= 100 and float(np.mean(returns[-100:])) >= SOLVED
        over = solved or len(returns) >= EPISODES or time.monotonic() - begun > MOST_SECONDS
        if over or time.monotonic() - told > PACE:
            told = time.monotonic()
            poles = [by_chance[len(returns) % len(by_chance)], some[-1]]
            state |= {"returns": list(returns), "episode": len(returns), "done": over, "solved": solved}
            state |= {
                "weights": [[round(float(w), 2) for w in row] for row in policy],
                "seconds": round(told - begun, 1),
            }
            yield state | {"poles": [one.path for one in poles]}
        if over:
            return
        if len(returns) < 100:
            stop.wait(0.05)  # or the beginning, where it learns most, would be over before it is seen


class Episode:
    def __init__(self) -> None:
        self.seen: list[np.ndarray] = []  # x, before each push
        self.pushes: list[int] = []  # 0 to the left, 1 to the right
        self.path: list[list[float]] = []  # position and angle, for drawing


def chances(policy: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """softmax(W x); seen (..., 5) -> (..., 2)."""
    scores = seen @ policy.T
    exponents = np.exp(scores - scores.max(-1, keepdims=True))
    return exponents / exponents.sum(-1, keepdims=True)


def episode(environment: Any, policy: np.ndarray, noise: np.random.Generator) -> Episode:
    """One fall, or 500 steps."""
    found = Episode()
    observed, _ = environment.reset(seed=int(noise.integers(2**31)))
    over = False
    while not over:
        x = np.append(observed, 1.0) / SCALE
        push = int(noise.random() < chances(policy, x)[1])
        found.seen.append(x)
        found.pushes.append(push)
        if len(found.path) < FRAMES:
            found.path.append([round(float(observed[0]), 3), round(float(observed[2]), 3)])
        observed, _, fallen, cut, _ = environment.step(push)
        over = fallen or cut
    return found


def gradient(some: list[Episode], policy: np.ndarray) -> np.ndarray:
    """REINFORCE's, a mean over the episodes. The baseline is the mean return, the unit its standard deviation."""
    returns = np.concatenate([discounted(len(one.pushes)) for one in some])
    seen = np.concatenate([np.stack(one.seen) for one in some])  # (t, 5)
    pushes = np.concatenate([one.pushes for one in some]).astype(int)
    advantages = (returns - returns.mean()) / (returns.std() + 1e-6)
    score = np.eye(2)[pushes] - chances(policy, seen)  # d log pi / d (W x), (t, 2)
    step: np.ndarray = (advantages[:, None] * score).T @ seen / len(some)
    return step


def discounted(steps: int) -> np.ndarray:
    """G_t of an episode whose every step is worth 1."""
    left = np.arange(steps, 0, -1)
    return (1 - GAMMA**left) / (1 - GAMMA)
