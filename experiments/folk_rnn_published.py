"""folk-rnn at its published size, on the bundled collections.

System: folk-rnn: three layers of 512 LSTM over ABC tokens
Source: Sturm et al. 2016, https://arxiv.org/abs/1604.08723; sizes, dropout and
  optimizer as in its release
Family: melody
Command: python run.py --experiment=folk_rnn_published
Data: folk (music21: O'Neill, Aird, Ryan) as written: 3,426 training tunes,
  where the paper has about 23,000 from thesession.org, which are not free
Parameters: 5,471,831
Headline: not trained: 100 epochs take hours on one core
Result: none; 5,599,881 parameters at the published vocabulary of 137 tokens
Time: about 7.5 hours on one core at 2,000 tokens a second
"""

CONFIG = {
  'dataset': {'name': 'folk', 'as_written': True},
  'split': [0.89, 0.05, 0.06],
  'encoder': {'name': 'abc_text'},
  'batches': {'name': 'streams', 'length': 128, 'chunk': 10},
  'model': {
    'name': 'folk_rnn',
    'hidden': [512, 512, 512],
    'dropout': 0.5,
  },
  'loss': {'name': 'likelihood', 'carried': True},
  'optimizer': {
    '.*': {
      'name': 'rmsprop',
      'learning_rate': 3e-3,
      'final': 0.1,
      'clip': 5.0,
    }
  },
  'steps': 6500,
  'batch': 64,
  'seed': 0,
  'sample': {'name': 'text', 'count': 10},
  'evaluate': [
    {'name': 'likelihood'},
    {
      'name': 'tune_text',
      'samples': {
        'at_1': {'temperature': 1.0},
        'at_0.8': {'temperature': 0.8},
      },
    },
  ],
}

# Tokens of the training tunes and the end token, from which the tests count
# parameters.
SIZES = {'classes': 87}
