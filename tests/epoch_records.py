"""What a training tells of its epochs, as the store keeps it."""


def record(epoch: int, epochs: int = 20, **extra: float) -> dict:
    losses = {"loss": 1.0 / epoch, "reconstruction": 0.9 / epoch, "kl": 0.1 / epoch}
    return {
        "epoch": epoch,
        "epochs": epochs,
        "train": losses,
        "validation": {name: 1.1 * value for name, value in losses.items()},
        "learning_rate": 1e-3,
        "seconds": 0.5,
        "rows_per_second": 1000.0,
        "best": epoch < 8,
    } | extra


SNAPSHOT = {
    "epoch": 5,
    "edges": [-2.0, -1.0, 0.0, 1.0],
    "counts": {"normal": [80, 20, 0], "anomaly": [0, 1, 3]},
    "auroc": 0.987,
    "average_precision": 0.9,
}
