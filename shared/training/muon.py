"""Muon for networks with convolutions: every weight moves along its orthogonalised momentum.

Jordan et al., 2024, https://kellerjordan.github.io/posts/muon; the step is as long as AdamW's (Liu et al., 2025,
arXiv:2502.16982), so that both take the same learning rate.
"""

import torch


class Muon(torch.optim.Muon):
    """torch's Muon takes matrices. Kernels (out, in, h, w) in channels_last order are shown to it as matrices
    (out, h * w * in) in the same memory."""

    def __init__(self, weights, learning_rate, weight_decay):
        self.weights = list(weights)
        matrices = [matrix(weight.detach()) for weight in self.weights]
        super().__init__(matrices, learning_rate, weight_decay, adjust_lr_fn="match_rms_adamw")

    def step(self, closure=None):
        for weight, shown in zip(self.weights, self.param_groups[0]["params"], strict=True):
            shown.data = matrix(weight.detach())  # what wraps the network may have moved its weights
            shown.grad, weight.grad = matrix(weight.grad), None
        return super().step(closure)


def matrix(weight):
    return weight if weight.dim() == 2 else weight.permute(0, 2, 3, 1).flatten(1)


def matrices_and_others(network, others):
    """The weights that Muon is for, and those that are none or have one of `others` in their names: -> two lists."""
    hidden = {
        name: weight
        for name, weight in network.named_parameters()
        if weight.dim() > 1 and not any(other in name for other in others)
    }
    return list(hidden.values()), [weight for name, weight in network.named_parameters() if name not in hidden]
