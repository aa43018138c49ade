"""`python -m actcli`."""

import sys

from actcli.cli import main

sys.exit(main())
