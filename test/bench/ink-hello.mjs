// The smallest Ink program, as it is installed: what the tour's first frame is measured by.

import { render, Text } from 'ink';
import { createElement } from 'react';

render(createElement(Text, null, 'Hello'));
