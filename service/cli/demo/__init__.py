"""The whole service on a loopback feed server that replays three days of fictional news."""
