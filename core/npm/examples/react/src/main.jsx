import { init } from '@flighting/core';
import { createRoot } from 'react-dom/client';

import { BudgetForm } from './BudgetForm.jsx';

await init();
createRoot(document.getElementById('root')).render(<BudgetForm />);
