import react from '@vitejs/plugin-react';

export default {
  plugins: [react()],
  // Its wasm is found beside its module, so it is not to be bundled ahead in development.
  optimizeDeps: { exclude: ['@flighting/core'] },
};
