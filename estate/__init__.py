# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The embedded estate: simulated Oracle databases that real drivers talk to. ``python -m estate`` is its command."""
