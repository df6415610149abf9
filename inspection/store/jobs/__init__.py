"""Durable jobs: begun in the transaction that makes them needed, run to their end whatever crashes."""
