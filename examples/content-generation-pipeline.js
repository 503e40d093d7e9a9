// Generate, review side by side, revise or approve, publish where the run says.
const { createWorkflow } = require('dank-ai');
const { AGENT_IDS } = require('./dank.config');

module.exports = createWorkflow('content-generation-pipeline-js')
  .setId('660e8400-e29b-41d4-a716-446655440001')
  .setDescription('Generate, review, and publish content')

  // Step 1: Generate content
  .addStep('generate', {
    type: 'agent',
    agentId: AGENT_IDS.CONTENT_GENERATOR,
    action: 'prompt',
    input: {
      prompt: 'Generate content about: {{workflow.input.topic}}',
      style: '{{workflow.input.style}}',
    },
    output: 'generatedContent',
  })

  // Step 2: Parallel review tasks
  .addStep('review', {
    type: 'parallel',
    steps: [
      {
        id: 'grammar-check',
        type: 'agent',
        agentId: AGENT_IDS.GRAMMAR_AGENT,
        action: 'http',
        endpoint: '/score',
        input: {
          prompt: 'Check grammar: {{steps.generate.output}}',
        },
      },
      {
        id: 'fact-check',
        type: 'agent',
        agentId: AGENT_IDS.FACT_CHECKER,
        action: 'http',
        endpoint: '/score',
        input: {
          prompt: 'Fact check: {{steps.generate.output}}',
        },
      },
      {
        id: 'tone-analysis',
        type: 'agent',
        agentId: AGENT_IDS.TONE_ANALYZER,
        action: 'prompt',
        input: {
          prompt: 'Analyze tone: {{steps.generate.output}}',
        },
      },
    ],
    output: 'reviewResults',
  })

  // Step 3: Decision based on review
  .addStep('review-decision', {
    type: 'conditional',
    condition: (context) => {
      const reviews = context.steps.review.output;
      return reviews['grammar-check'].score > 0.8 &&
             reviews['fact-check'].score > 0.9;
    },
    then: 'approve',
    else: 'revise',
  })

  // Step 4a: Revise if needed
  .addStep('revise', {
    type: 'agent',
    agentId: AGENT_IDS.EDITOR_AGENT,
    action: 'prompt',
    input: {
      prompt: 'Revise this content: {{steps.generate.output}}',
      feedback: '{{steps.review.output}}',
    },
    condition: '{{steps.review-decision.output}} === "revise"',
    output: 'revisedContent',
  })

  // Step 4b: Approve if good
  .addStep('approve', {
    type: 'transform',
    input: '{{steps.generate.output}}',
    transform: (data) => ({
      text: data,
      status: 'approved',
      approvedAt: new Date().toISOString(),
    }),
    condition: '{{steps.review-decision.output}} === "approve"',
    output: 'approvedContent',
  })

  // Step 5: Switch based on publish target
  .addStep('publish-route', {
    type: 'switch',
    value: '{{workflow.input.publishTarget}}',
    cases: {
      blog: 'publish-blog',
      social: 'publish-social',
      email: 'publish-email',
    },
    default: 'publish-blog',
  })

  // Step 6: Publish (conditional based on route)
  .addStep('publish-blog', {
    type: 'agent',
    agentId: AGENT_IDS.BLOG_PUBLISHER,
    action: 'http',
    endpoint: '/api/publish',
    input: {
      content: '{{steps.approve.output}} || {{steps.revise.output}}',
    },
    condition: '{{steps.publish-route.output}} === "publish-blog"',
  })

  .addStep('publish-social', {
    type: 'agent',
    agentId: AGENT_IDS.SOCIAL_PUBLISHER,
    action: 'http',
    endpoint: '/api/publish',
    input: {
      content: '{{steps.approve.output}} || {{steps.revise.output}}',
    },
    condition: '{{steps.publish-route.output}} === "publish-social"',
  })

  // The third target, which the manual's switch names and does not show.
  .addStep('publish-email', {
    type: 'agent',
    agentId: AGENT_IDS.EMAIL_PUBLISHER,
    action: 'http',
    endpoint: '/api/publish',
    input: {
      content: '{{steps.approve.output}} || {{steps.revise.output}}',
    },
    condition: '{{steps.publish-route.case}} === "email"',
  })

  // Event handlers
  .onStepError('publish-blog', (stepId, error, context) => {
    console.error('Publishing failed:', error);
  })

  .setOutput('{{steps.publish-blog.output}} || {{steps.publish-social.output}} || {{steps.publish-email.output}}');
