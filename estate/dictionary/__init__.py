# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Oracle's data dictionary looks like: views, columns, privileges, and how each view is derived."""
