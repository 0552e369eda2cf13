"""The planner's report: one question's answer as a PDF in Chinese, with a map, tables and what was assumed."""
