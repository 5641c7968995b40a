"""Where control comes in: registrations, tables, scripts, signals, triggers declared outside the code."""
