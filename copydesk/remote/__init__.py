"""Files on other machines: nothing else in copydesk connects to any, and this only where the user names an address."""
