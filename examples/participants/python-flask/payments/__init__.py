"""The payment service of the order saga, in Python: a participant that is no Node."""
