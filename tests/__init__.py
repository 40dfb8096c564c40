"""The tests. They mirror service/."""
