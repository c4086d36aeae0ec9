# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documents from archive content: nothing is queried and nothing is judged here.

render.render() writes report.json and its HTML; text.summary_line() and text.digest() say the same in a few lines.
"""
