"""The three dashboards: for those who answer for the platform, who run it, and who guard it."""
