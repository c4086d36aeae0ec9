# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The machines that the databases run on: real sshd processes on loopback, each with the files of an Oracle server."""
