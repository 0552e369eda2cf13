"""Indicators (考核指标): counted in the transaction of each step, never at night; every rate with its base."""
