"""How near a translated picture is to its true partner, which the model has never been shown.

PSNR    peak signal-to-noise ratio in dB, of each picture; the mean
SSIM    structural similarity (Wang et al., 2004, eq. 13) on luminance: 11x11 Gaussian windows of deviation 1.5,
        K1 = 0.01, K2 = 0.03
"""

import torch
import torch.nn.functional as F

from shared.evaluation.image_metrics import psnr

WINDOW, DEVIATION = 11, 1.5
C1, C2 = 0.01**2, 0.03**2
LUMINANCE = 0.299, 0.587, 0.114


def ssim(a, b):
    """Pictures (n, 3, h, w) in [0, 1] -> mean structural similarity, 1 for the same."""
    window = torch.exp(-((torch.arange(WINDOW) - WINDOW // 2) ** 2) / (2 * DEVIATION**2))
    window = (window / window.sum()).to(a)

    def blurred(x):
        return F.conv2d(F.conv2d(x, window.view(1, 1, 1, -1)), window.view(1, 1, -1, 1))

    grey = a.new_tensor(LUMINANCE).view(1, 3, 1, 1)
    x, y = ((picture * grey).sum(1, keepdim=True) for picture in (a, b))
    m_x, m_y = blurred(x), blurred(y)
    v_x, v_y, v_xy = blurred(x * x) - m_x**2, blurred(y * y) - m_y**2, blurred(x * y) - m_x * m_y
    same = ((2 * m_x * m_y + C1) * (2 * v_xy + C2)) / ((m_x**2 + m_y**2 + C1) * (v_x + v_y + C2))
    return same.mean().item()


def likeness(made, wanted):
    """Both (n, 3, h, w) in [0, 1] -> {"psnr": dB, "ssim": ...}."""
    return {"psnr": psnr(made, wanted), "ssim": ssim(made, wanted)}
