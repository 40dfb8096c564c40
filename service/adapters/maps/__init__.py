"""Small maps that say where: drawn by ourselves from a file of borders, with nothing fetched from anywhere."""

from service.adapters.maps.cartographer import Cartographer

__all__ = ["Cartographer"]
