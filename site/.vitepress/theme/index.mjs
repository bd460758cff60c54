import './tokens.css';
import './ui.css';
import './page.css';
import Layout from './Layout.vue';

export default { Layout };
