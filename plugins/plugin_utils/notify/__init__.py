# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict of a run by mail and webhook: delivery.notify() sends, settings.parse() checks dbcare_notify."""
