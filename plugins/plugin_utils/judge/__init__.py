# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The room judge: snapshots, checks, limits, waivers and history in, findings out; no I/O. Its door is judge.judge."""
